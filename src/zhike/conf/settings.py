"""Settings of an installation. The environment sets: ZHIKE_HOME, DATABASE_URL, ZHIKE_HOSTS, ZHIKE_ORIGINS,
ZHIKE_SECRET_KEY, ZHIKE_HTTPS, ZHIKE_PROXIES, ZHIKE_ADDRESS, ZHIKE_ENGINE and ZHIKE_EMAIL_… (see
docs/operate/running.md and docs/operate/email.md)."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from zhike.conf import environment

PACKAGE = Path(__file__).resolve().parent.parent
ZHIKE_HOME = environment.home()
SECRET_KEY = environment.secret_key(ZHIKE_HOME)
ANALYSIS_ENGINE = environment.engine()
DEBUG = False
ALLOWED_HOSTS = environment.names("ZHIKE_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = environment.names("ZHIKE_ORIGINS")
PUBLIC_ADDRESS = environment.address(CSRF_TRUSTED_ORIGINS)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "axes",
    "csp",
    "django_q",
    "zhike.platform.apps.PlatformConfig",
    "zhike.crm.accounts.apps.AccountsConfig",
    "zhike.crm.notifications.apps.NotificationsConfig",
    "zhike.crm.customers.apps.CustomersConfig",
    "zhike.crm.catalog.apps.CatalogConfig",
    "zhike.crm.interactions.apps.InteractionsConfig",
    "zhike.crm.tasks.apps.TasksConfig",
    "zhike.crm.treatments.apps.TreatmentsConfig",
    "zhike.crm.orders.apps.OrdersConfig",
    "zhike.crm.imports.apps.ImportsConfig",
    "zhike.crm.insight.apps.InsightConfig",
    "zhike.crm.prediction.apps.PredictionConfig",
    "zhike.crm.segments.apps.SegmentsConfig",
    "zhike.crm.strategy.apps.StrategyConfig",
    "zhike.crm.workbench.apps.WorkbenchConfig",
    "zhike.crm.statistics.apps.StatisticsConfig",
    "zhike.crm.studio.apps.StudioConfig",
    "zhike.crm.watching.apps.WatchingConfig",
    "zhike.crm.care.apps.CareConfig",
    "zhike.crm.alerts.apps.AlertsConfig",
    "zhike.crm.followups.apps.FollowupsConfig",
    "zhike.crm.portfolio.apps.PortfolioConfig",
    "zhike.crm.today.apps.TodayConfig",
    "zhike.crm.bulk.apps.BulkConfig",
    "zhike.crm.decisions.apps.DecisionsConfig",
    "zhike.crm.welcome.apps.WelcomeConfig",
    "zhike.web.apps.WebConfig",
    "zhike.demo.apps.DemoConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "zhike.platform.middleware.RequestContextMiddleware",
    "zhike.web.middleware.ToastMiddleware",
    "zhike.web.middleware.NoBlankPageMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "zhike.conf.urls"
WSGI_APPLICATION = "zhike.conf.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "zhike.web.context.shell",
                "zhike.crm.notifications.context.bell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "django_htmx.templatetags.django_htmx",
                "zhike.platform.templatetags.zhike_format",
                "zhike.platform.templatetags.zhike_platform",
            ],
        },
    }
]

DATABASES = {"default": environment.database(ZHIKE_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "web:home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"

AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = False
LOCALE_PATHS = [PACKAGE / "api" / "locale"]
LANGUAGE_COOKIE_NAME = "zhike_language"

STATIC_URL = "/static/"
STATIC_ROOT = ZHIKE_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = ZHIKE_HOME / "files"
FILE_UPLOAD_TEMP_DIR = str(ZHIKE_HOME / "tmp")
(ZHIKE_HOME / "tmp").mkdir(exist_ok=True)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-attr": ["'unsafe-inline'"],
        # Tabler draws check boxes and arrows with data: pictures.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "zhike.web.problems.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if environment.flag("ZHIKE_HTTPS"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
TRUSTED_PROXIES = environment.names("ZHIKE_PROXIES")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
# Import files may be large; they stream to the temporary folder.
IMPORT_MAX_BYTES = 512 * 1024 * 1024

Q_CLUSTER = {
    "name": "zhike",
    "orm": "default",
    "workers": 2,
    "timeout": 6 * 3600,
    "retry": 7 * 3600,
    "max_attempts": 3,
    "poll": 0.5,
    "catch_up": False,
    "ack_failures": True,
    "save_limit": 500,
    "label": "Zhike",
}

SILENCED_SYSTEM_CHECKS: list[str] = []
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

NINJA_PAGINATION_MAX_LIMIT = 200
NINJA_PAGINATION_MAX_OFFSET = 100_000

globals().update(environment.email())

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"zhike": {"level": "INFO"}, "axes": {"level": "ERROR"}},
}
