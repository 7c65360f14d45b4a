"""`bailiwick` and `python -m bailiwick`."""


def main() -> None:
    """Run the command line; the process ends with a documented exit code."""
    from bailiwick.cli.app import run

    run()


if __name__ == "__main__":
    main()
