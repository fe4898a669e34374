"""What venues say beside prices: funding, open interest, liquidations, bases."""
