"""The portal: what staff and customers see in their browser."""
