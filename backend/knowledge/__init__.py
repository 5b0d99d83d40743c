"""Articles, the portal and satisfaction."""
