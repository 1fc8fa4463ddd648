// What happens without the server's part of a page: signing in and out, copying, the keyboard.
(() => {
  "use strict";

  const safePlace = (text) => (/^\/(?![\/\\])/.test(text || "") ? text : "");

  async function signIn(form) {
    const alert = document.getElementById("sign-in-problem");
    const button = form.querySelector("button[type=submit]");
    const fields = new FormData(form);
    const address = new URLSearchParams(location.search);
    alert.textContent = "";
    button.disabled = true;
    try {
      const answer = await fetch("/api/session", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
          email: fields.get("email"),
          password: fields.get("password"),
          namespace: address.get("namespace") || undefined,
        }),
      });
      if (answer.ok) {
        const person = await answer.json().catch(() => ({}));
        const home = person.customerId ? "/my" : "/";
        const next = safePlace(address.get("next"));
        // A full load: the portal's connection must carry the new cookie.
        location.assign(next && next.startsWith("/my") === (home === "/my") ? next : home);
        return;
      }
      const problem = await answer.json().catch(() => ({}));
      alert.textContent = problem.detail || "Signing in failed. Please try again.";
    } catch {
      alert.textContent = "Meterline cannot be reached. Check your connection, then try again.";
    }
    button.disabled = false;
  }

  async function signOut() {
    await fetch("/api/session", { method: "DELETE" }).catch(() => {});
    sessionStorage.clear();
    location.assign("/login");
  }

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const field = document.createElement("textarea");
      field.value = button.dataset.copy;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    button.setAttribute("data-copied", "");
    setTimeout(() => button.removeAttribute("data-copied"), 1500);
  }

  // Parts of a page that stay fresh: see portal/components/live.py.
  let seconds = 0;
  setInterval(() => {
    seconds += 1;
    if (document.hidden) return;
    document.querySelectorAll("[data-every]").forEach((button) => {
      if (seconds % Number(button.dataset.every) === 0) button.click();
    });
  }, 1000);

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "sign-in") return;
    event.preventDefault();
    signIn(event.target);
  });

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-copy], [data-sign-out]");
    if (!target) return;
    if (target.hasAttribute("data-sign-out")) signOut();
    else copy(target);
  });

  // A form with unsaved changes asks before it is left, by a link or by closing the page.
  const unsaved = () => document.querySelector("[data-unsaved='true']");

  window.addEventListener("beforeunload", (event) => {
    if (unsaved()) event.preventDefault();
  });

  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest("a[href]");
      if (!link || link.getAttribute("href").startsWith("#") || link.target === "_blank" || !unsaved()) return;
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      if (window.confirm("Leave without saving your changes?")) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true
  );

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.metaKey || event.ctrlKey || event.altKey) return;
    const search = document.querySelector("[data-search] input, input[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
  });
})();
