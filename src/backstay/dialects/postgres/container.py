"""`docker://postgres/<tag>/<database>?<query>` and `docker+postgres://<host>/<image>:<tag>/<database>`."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from backstay import urls
from backstay.dialects.dialect import Container
from backstay.errors import ConfigError

IMAGES = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "postgis": "postgis/postgis",
    "pgvector": "pgvector/pgvector",
}
PASSWORD = "pass"
OWN_PARAMETERS = frozenset({"v", "verbose"})
"""Parameters that are about the container and not the connection."""


def container(url: str) -> Container:
    """The container that the URL asks for. Raises `ConfigError` where it names no image."""
    parts = urls.split(url)
    path = [part for part in parts.path.split("/") if part]
    if parts.scheme.startswith("docker+"):
        image, database = _custom_image(url, parts.netloc, path)
    else:
        if parts.netloc not in IMAGES or len(path) > 2:
            raise ConfigError(
                f'cannot tell the image of "{urls.redact(url)}"',
                hint="write it as docker://postgres/<version>/<database>",
            )
        tag, database = (*path, "", "")[:2]
        image = f"{IMAGES[parts.netloc]}:{tag or 'latest'}"
    database = database or "postgres"
    query = {name: value for name, value in urls.query(url).items() if name not in OWN_PARAMETERS}
    passed = urlencode({"sslmode": "disable", **query}).replace("{", "{{").replace("}", "}}")
    return Container(
        image=image,
        environment={"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": database},
        port=5432,
        url=f"postgres://postgres:{PASSWORD}@{{host}}:{{port}}/{quote(database, safe='')}?{passed}",
    )


def _custom_image(url: str, host: str, path: list[str]) -> tuple[str, str]:
    """`[host|_]/image[:tag][/database]`: a last part without a tag, behind an image, is the database."""
    database = path.pop() if len(path) > 1 and ":" not in path[-1] and ":" in path[-2] else ""
    if not path:
        raise ConfigError(
            f'no image in "{urls.redact(url)}"', hint="write it as docker+postgres://_/image:tag/database"
        )
    image = "/".join(path if host in {"", "_"} else [host, *path])
    return (image if ":" in path[-1] else f"{image}:latest"), database
