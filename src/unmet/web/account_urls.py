"""Addresses of sign-in: only those we need, without trailing slashes. The views are django-allauth's own."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.urls import path, re_path

from unmet.web import accounts, kept, stopping, tokens

urlpatterns = [
    path("login", account.login, name="account_login"),
    path("logout", account.logout, name="account_logout"),
    path("inactive", account.account_inactive, name="account_inactive"),
    path("settings", accounts.settings_page, name="account_settings"),
    path("mail/<str:token>", stopping.stop, name="mail_stop"),
    path("tokens", tokens.tokens_page, name="account_tokens"),
    path("tokens/<uuid:pk>/end", tokens.token_end, name="account_token_end"),
    path("kept", kept.page, name="kept"),
    path("reauthenticate", account.reauthenticate, name="account_reauthenticate"),
    path("password/change", account.password_change, name="account_change_password"),
    path("password/set", account.password_set, name="account_set_password"),
    path("password/reset", account.password_reset, name="account_reset_password"),
    path("password/reset/done", account.password_reset_done, name="account_reset_password_done"),
    path("password/reset/key/done", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("second", mfa.index, name="mfa_index"),
    path("second/authenticate", mfa.authenticate, name="mfa_authenticate"),
    path("second/reauthenticate", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("second/app", totp.activate_totp, name="mfa_activate_totp"),
    path("second/app/remove", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("second/codes", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("second/codes/new", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("second/codes/download", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("second/keys", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("second/keys/add", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("second/keys/login", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("second/keys/reauthenticate", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("second/keys/<int:pk>/edit", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("second/keys/<int:pk>/remove", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("oidc/cancelled", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("oidc/error", social.login_error, name="socialaccount_login_error"),
    # Nobody signs up by way of another body: this address only says so.
    path("oidc/unknown", social.signup, name="socialaccount_signup"),
    path("oidc/<slug:provider_id>/login", oidc.login, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback", oidc.callback, name="openid_connect_callback"),
]
