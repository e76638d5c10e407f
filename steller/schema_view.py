"""Where the API's description is fetched: JSON unless YAML is asked for, since whatever reads YAML reads JSON too."""

from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularAPIView


class DescriptionView(SpectacularAPIView):
    """`/api/schema`. The first form is also that of errors, so a problem is always JSON."""

    renderer_classes = [
        OpenApiJsonRenderer2,
        OpenApiJsonRenderer,
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
    ]
