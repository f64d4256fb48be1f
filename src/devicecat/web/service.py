"""The service: the paths, the problems and the guard put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from devicecat.about import VERSION
from devicecat.web import api, rules_api, site
from devicecat.web.guard import METHODS, Guard, Limits
from devicecat.web.problems import MEDIA_TYPE, Refusal, of_status

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from devicecat.web.keeper import Keeper


def create_app(keeper: Keeper, limits: Limits | None = None) -> Guard:
    """The service as an ASGI application.

    Args:
        keeper: Holds the catalogue.
        limits: How much a request may take.
    """
    app = _Service(
        title="devicecat",
        version=VERSION,
        openapi_url="/openapi.json",
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
        redirect_slashes=False,
        # What FastAPI would answer itself is answered below.
        exception_handlers={HTTPException: _of_framework, Refusal: _of_refusal, Exception: _of_failure},
    )
    app.state.keeper = keeper
    app.state.limits = limits or Limits()
    app.include_router(api.router)
    app.include_router(rules_api.router)
    app.include_router(site.router)

    def openapi() -> dict[str, Any]:
        from devicecat.web.openapi import document

        return document(keeper.catalog)  # it follows the catalogue

    app.openapi = openapi  # type: ignore[method-assign]
    return Guard(app, app.state.limits)


class _Service(FastAPI):
    """The service, with a short way for what is asked thousands of times a second."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or (scope["method"], scope["path"]) != _SHORT_WAY:
            await super().__call__(scope, receive, send)
            return
        scope["app"], scope["route"] = self, _SIZES
        request = Request(scope, receive)
        try:
            response = await api.get_sizes(request)
        except Refusal as refusal:
            response = problem(request, refusal)
        await response(scope, receive, send)


_SHORT_WAY: Final = ("GET", "/v1/sizes")
_SIZES: Final = next(route for route in api.router.routes if getattr(route, "endpoint", None) is api.get_sizes)


def problem(request: Request, refusal: Refusal) -> Response:
    """A problem as a response: a page for who looks at pages, JSON for all others."""
    if site.wants_page(request):
        return site.problem_page(request.app.state.keeper.catalog, refusal)
    headers = {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store", **refusal.headers}
    return Response(refusal.as_bytes(), status_code=refusal.status, headers=headers)


async def _of_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for nothing else
    return problem(request, error)


async def _of_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    headers: dict[str, str] = dict(error.headers or {})
    if error.status_code == 405:  # noqa: PLR2004 - method not allowed
        headers["Allow"] = ", ".join(_methods(request))
    return problem(request, of_status(error.status_code, headers))


async def _of_failure(request: Request, error: Exception) -> Response:  # noqa: ARG001 - as Starlette calls it
    return problem(request, of_status(500))  # what failed goes on to the guard, which logs where


def _methods(request: Request) -> list[str]:
    """The methods that a path takes, on all its routes."""
    routes = request.app.routes
    took = [
        m for m in METHODS if any(route.matches({**request.scope, "method": m})[0] is Match.FULL for route in routes)
    ]
    return [method for method in METHODS if method in took or (method == "HEAD" and "GET" in took)]
