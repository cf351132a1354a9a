"""`python -m winnow.pipelines.cli`: the same as `winnow`."""

from winnow.pipelines.cli import main

if __name__ == "__main__":
    main()
