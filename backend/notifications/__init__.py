"""Who is told of what happens, and whether it reached them."""
