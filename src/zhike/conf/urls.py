"""Every address of the product; each app declares its own below its prefix."""

from django.urls import include, path

urlpatterns = [
    path("", include("zhike.web.urls")),
    path("system/", include("zhike.platform.urls")),
    path("", include("zhike.crm.accounts.urls")),
    path("customers/", include("zhike.crm.portfolio.urls")),
    path("products/", include("zhike.crm.catalog.urls")),
    path("orders/", include("zhike.crm.orders.urls")),
    path("interactions/", include("zhike.crm.interactions.urls")),
    path("tasks/", include("zhike.crm.tasks.urls")),
    path("notifications/", include("zhike.crm.notifications.urls")),
    path("followups/", include("zhike.crm.followups.urls")),
    path("today/", include("zhike.crm.today.urls")),
    path("imports/", include("zhike.crm.imports.urls")),
    path("prediction/", include("zhike.crm.prediction.urls")),
    path("segments/", include("zhike.crm.segments.urls")),
    path("strategy/", include("zhike.crm.strategy.urls")),
    path("studio/", include("zhike.crm.studio.urls")),
    path("watching/", include("zhike.crm.watching.urls")),
    path("workbench/", include("zhike.crm.workbench.urls")),
    path("statistics/", include("zhike.crm.statistics.urls")),
    path("care/", include("zhike.crm.care.urls")),
    path("alerts/", include("zhike.crm.alerts.urls")),
    path("insight/", include("zhike.crm.insight.urls")),
    path("lists/", include("zhike.crm.portfolio.list_urls")),
    path("treatments/", include("zhike.crm.treatments.urls")),
    path("bulk/", include("zhike.crm.bulk.urls")),
    path("welcome/", include("zhike.crm.welcome.urls")),
    path("decisions/", include("zhike.crm.decisions.urls")),
    path("api/v1/", include("zhike.api.urls")),
]

handler400 = "zhike.web.problems.error_400"
handler403 = "zhike.web.problems.error_403"
handler404 = "zhike.web.problems.error_404"
handler500 = "zhike.web.problems.error_500"
