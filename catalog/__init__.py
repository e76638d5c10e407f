"""What can be bought and for how much: brands, products, prices, commission rules."""
