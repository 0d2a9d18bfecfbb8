"""What a language model answered -> tips that may be shown, and what was wrong with the rest."""
