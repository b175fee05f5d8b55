"""`python -m mispriced` is the command `mispriced`."""

from mispriced.cli import main

if __name__ == "__main__":
    main()
