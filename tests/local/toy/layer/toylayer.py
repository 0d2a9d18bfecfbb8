"""What the toy layer brings."""

NAME = "toylayer"
