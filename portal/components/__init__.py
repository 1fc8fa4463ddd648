"""The parts every page is put together from: `from portal import components as ui`."""

from portal.components.button import button, link_button, text_link
from portal.components.card import card, definition_list, section
from portal.components.confirm import confirm, confirm_when
from portal.components.copyable import code_block, copyable
from portal.components.data_table import (
    Column,
    answer_table,
    data_table,
    menu_item,
    menu_link,
    plain_table,
    row_link,
    row_menu,
)
from portal.components.drawer import drawer, panel
from portal.components.empty_state import empty_state, nothing_found
from portal.components.error_section import error_section
from portal.components.figures import figure_text, money_text, when
from portal.components.filters import filter_choice, filter_suggest, filter_text, filter_time
from portal.components.form_field import choice_field, described_choice, form_field, pair, text_area, text_field
from portal.components.list_controls import export_button, list_pager, list_toolbar
from portal.components.live import live
from portal.components.loaded import loaded
from portal.components.page_header import page_header
from portal.components.progress import thin_bar, usage_bar
from portal.components.save_bar import save_bar, unsaved
from portal.components.shown_once import shown_once
from portal.components.skeleton import skeleton_card, skeleton_lines, skeleton_table
from portal.components.stat_card import stat_card, stat_row
from portal.components.status_badge import status_badge
from portal.components.tabs import Tab, tabs
from portal.components.usage_chart import usage_chart

__all__ = [
    "Column",
    "Tab",
    "answer_table",
    "button",
    "card",
    "choice_field",
    "code_block",
    "confirm",
    "confirm_when",
    "copyable",
    "data_table",
    "definition_list",
    "described_choice",
    "drawer",
    "empty_state",
    "error_section",
    "export_button",
    "figure_text",
    "filter_choice",
    "filter_suggest",
    "filter_text",
    "filter_time",
    "form_field",
    "link_button",
    "list_pager",
    "list_toolbar",
    "live",
    "loaded",
    "menu_item",
    "menu_link",
    "money_text",
    "nothing_found",
    "page_header",
    "pair",
    "panel",
    "plain_table",
    "row_link",
    "row_menu",
    "save_bar",
    "section",
    "shown_once",
    "skeleton_card",
    "skeleton_lines",
    "skeleton_table",
    "stat_card",
    "stat_row",
    "status_badge",
    "tabs",
    "text_area",
    "text_field",
    "text_link",
    "thin_bar",
    "unsaved",
    "usage_bar",
    "usage_chart",
    "when",
]
