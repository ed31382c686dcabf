from django.urls import path

from zhike.crm.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign_in"),
    path("sign-out", views.sign_out, name="sign_out"),
    path("profile", views.profile, name="profile"),
    path("profile/tokens", views.create_token, name="create_token"),
    path("profile/tokens/<int:pk>/revoke", views.revoke_token, name="revoke_token"),
    path("users", views.users, name="users"),
    path("users/new", views.user_form, name="create_user"),
    path("users/<int:pk>", views.user_form, name="edit_user"),
    path("teams", views.teams, name="teams"),
    path("teams/new", views.team_form, name="create_team"),
    path("teams/<int:pk>", views.team_form, name="edit_team"),
    path("roles", views.roles, name="roles"),
    path("roles/new", views.role_form, name="create_role"),
    path("roles/<int:pk>", views.role_form, name="edit_role"),
]
