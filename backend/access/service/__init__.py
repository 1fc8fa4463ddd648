"""What the rest of Meterline asks of access: come in, make keys and people, tell and move the time."""

from backend.access.service.api_keys import (
    authenticate,
    create_api_key,
    ensure_root_key,
    list_api_keys,
    revoke_api_key,
)
from backend.access.service.audit_log import list_audit
from backend.access.service.namespaces import (
    NamespaceInput,
    NewNamespace,
    SandboxClock,
    create_namespace,
    ensure_namespace,
    list_namespaces,
    move_clock,
    namespace_keys,
    request_travel,
    sandbox_clock,
)
from backend.access.service.people import (
    CustomerUserInput,
    StaffInput,
    change_password,
    create_customer_user,
    create_staff,
    ensure_admin,
    list_customer_users,
    list_staff,
    remove_user,
)
from backend.access.service.sandboxes import create_sandbox
from backend.access.service.sessions import (
    SESSION_COOKIE,
    SignedIn,
    save_last_seen,
    session_principal,
    sign_in,
    sign_out,
)

__all__ = [
    "SESSION_COOKIE",
    "CustomerUserInput",
    "NamespaceInput",
    "NewNamespace",
    "SandboxClock",
    "SignedIn",
    "StaffInput",
    "authenticate",
    "change_password",
    "create_api_key",
    "create_customer_user",
    "create_namespace",
    "create_sandbox",
    "create_staff",
    "ensure_admin",
    "ensure_namespace",
    "ensure_root_key",
    "list_api_keys",
    "list_audit",
    "list_customer_users",
    "list_namespaces",
    "list_staff",
    "move_clock",
    "namespace_keys",
    "remove_user",
    "request_travel",
    "revoke_api_key",
    "sandbox_clock",
    "save_last_seen",
    "session_principal",
    "sign_in",
    "sign_out",
]
