"""The catalog: what is for sale, at which prices, and which version of a plan is on sale now."""
