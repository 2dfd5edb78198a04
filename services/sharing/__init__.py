"""Other systems that send reports here and hear of public moves."""
