"""leave the namespace without an index"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = (
    "addon",
    "addon_rate_card",
    "api_key",
    "app",
    "app_customer",
    "billing_customer_override",
    "billing_profile",
    "billing_schedule",
    "customer",
    "customer_subject",
    "due_failure",
    "entitlement",
    "entitlement_grant",
    "feature",
    "invoice",
    "invoice_correction",
    "invoice_detailed_line",
    "invoice_event",
    "invoice_line",
    "invoice_sequence",
    "late_usage",
    "late_usage_look",
    "meter",
    "model_price",
    "namespace",
    "notification_attempt",
    "notification_channel",
    "notification_delivery",
    "notification_event",
    "notification_rule",
    "outbox_message",
    "payment_message",
    "plan",
    "plan_addon",
    "plan_phase",
    "rate_card",
    "reservation",
    "sign_in_attempt",
    "subject",
    "subscription",
    "subscription_addon",
    "subscription_addon_quantity",
    "subscription_item",
    "subscription_phase",
    "usage_reset",
    "user_account",
    "user_session",
)


def upgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_namespace", table)


def downgrade() -> None:
    for table in TABLES:
        op.create_index(f"ix_{table}_namespace", table, ["namespace"])
