"""`python -m taleforge` is the same program as `taleforge`; nothing else is here."""

from taleforge.terminal.cli import main

if __name__ == "__main__":
    main()
