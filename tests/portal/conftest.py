"""Browser tests use the running Meterline and the Chromium of tests/browser.py."""

from tests.browser import base_url, browser_context_args, browser_type_launch_args, on_server, server_folder, staff_page

__all__ = ["base_url", "browser_context_args", "browser_type_launch_args", "on_server", "server_folder", "staff_page"]
