"""The part of GitHub's REST API that comments need, on a free port of 127.0.0.1."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.servers.process import serving

OURS = "github-actions[bot]"


class FakeGitHub:
    """One repository. `comments` are those of all pull requests, `pulls` the pull requests of a commit.

    `refuse` answers each request of a method with this status; `seen` are the requests that came.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.comments: list[dict[str, object]] = []
        self.pulls: dict[str, list[dict[str, object]]] = {}
        self.refuse: dict[str, int] = {}
        self.seen: list[tuple[str, str]] = []
        self.tokens: list[str] = []

    def post(self, number: int, body: str, author: str = OURS) -> dict[str, object]:
        """Put a comment on a pull request."""
        identity = len(self.comments) + 1
        comment = {
            "id": identity,
            "issue": number,
            "url": f"{self.url}/repos/octo/app/issues/comments/{identity}",
            "html_url": f"https://github.com/octo/app/pull/{number}#issuecomment-{identity}",
            "user": {"login": author},
            "body": body,
        }
        self.comments.append(comment)
        return comment

    @property
    def bodies(self) -> list[str]:
        """The texts of the comments."""
        return [str(comment["body"]) for comment in self.comments]

    def answer(self, method: str, path: str, query: dict[str, list[str]], data: dict[str, object]) -> object:
        """Status, headers and document for a request."""
        if method in self.refuse:
            return self.refuse[method], {}, {"message": "Resource not accessible by integration"}
        if found := re.fullmatch(r"/repos/octo/app/issues/(\d+)/comments", path):
            return self._issue(method, int(found[1]), query, data)
        if found := re.fullmatch(r"/repos/octo/app/issues/comments/(\d+)", path):
            comment = next((c for c in self.comments if c["id"] == int(found[1])), None)
            if comment is None:
                return 404, {}, {"message": "Not Found"}
            comment["body"] = data["body"]
            return 200, {}, comment
        if found := re.fullmatch(r"/repos/octo/app/commits/(\w+)/pulls", path):
            return 200, {}, self.pulls.get(found[1], [])
        return 403, {}, {"message": "Resource not accessible by integration"}

    def _issue(
        self, method: str, number: int, query: dict[str, list[str]], data: dict[str, object]
    ) -> object:
        if method == "POST":
            return 201, {}, self.post(number, str(data["body"]))
        size, page = int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])
        found = [comment for comment in self.comments if comment["issue"] == number]
        more = len(found) > size * page
        path = f"{self.url}/repos/octo/app/issues/{number}/comments?per_page={size}&page={page + 1}"
        headers = {"Link": f'<{path}>; rel="next"'} if more else {}
        return 200, headers, found[size * (page - 1) : size * page]


@contextmanager
def fake_github(tls: ssl.SSLContext | None = None) -> Iterator[FakeGitHub]:
    """Run the server, where asked for with TLS."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            data = json.loads(self.rfile.read(length) or b"{}")
            parts = urlsplit(self.path)
            github.seen.append((self.command, parts.path))
            github.tokens.append(self.headers.get("Authorization", ""))
            status, headers, document = github.answer(self.command, parts.path, parse_qs(parts.query), data)
            body = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any

        def log_message(self, format: str, *args: object) -> None:
            """Tests look at `seen`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    github = FakeGitHub(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}")
    with serving(server):
        yield github
