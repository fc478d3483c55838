"""What an account asks besides its password: passkeys, codes of a telephone, recovery codes."""
