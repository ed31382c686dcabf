from django.http import HttpResponse

from zhike.platform.permissions import requires
from zhike.platform.requests import Request


@requires("customers.view")
def page(request: Request) -> HttpResponse:
    """What to do today, the most urgent first."""
    return HttpResponse()
