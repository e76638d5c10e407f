// What HTML alone cannot do: modal dialogs, copying, steps, a key for the search, toasts that go, focus that stays. Every page works without it.
(() => {
  "use strict";
  document.documentElement.classList.add("script");

  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

  document.addEventListener("click", (event) => {
    const opener = closest(event, "a[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.hash.slice(1));
      if (dialog instanceof HTMLDialogElement) {
        event.preventDefault();
        dialog.showModal();
      }
      return;
    }
    const closer = closest(event, "[data-close]");
    if (closer) {
      const dialog = closer.closest("dialog[open]");
      if (dialog) {
        event.preventDefault();
        dialog.close();
      }
      closer.closest(".toast-note")?.remove();
      return;
    }
    const copier = closest(event, "[data-copy]");
    if (copier) copy(copier);
    const stepper = closest(event, "[data-step]");
    if (stepper) step(stepper);
    if (closest(event, "[data-print]")) window.print();
    // A click beside an open dialog means no.
    if (event.target instanceof HTMLDialogElement && event.target.open) event.target.close();
  });

  async function copy(button) {
    const texts = [...document.querySelectorAll(button.dataset.copy)].map((each) => each.textContent.trim());
    try {
      await navigator.clipboard.writeText(texts.join("\n"));
    } catch {
      return;
    }
    const label = button.querySelector("[data-copied]");
    if (!label) return;
    const before = label.textContent;
    const announcer = document.getElementById("announcer");
    label.textContent = announcer.textContent = label.dataset.copied;
    setTimeout(() => {
      label.textContent = before;
      announcer.textContent = "";
    }, 2000);
  }

  function step(button) {
    const input = button.parentElement.querySelector("input[type=number]");
    const before = input.value;
    if (Number(button.dataset.step) < 0) input.stepDown(); else input.stepUp();
    if (input.value !== before) input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // "/" leads to the search of the page; where there is none, to the catalog's.
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea, [contenteditable], dialog[open]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing) return;
    const search = document.querySelector("main input[type=search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  // The way back to a list leads to what was seen of it: its filters and its page.
  const before = document.referrer ? new URL(document.referrer) : null;
  for (const back of document.querySelectorAll("a.back")) {
    if (before && before.origin === location.origin && before.pathname === back.pathname && !back.search) back.search = before.search;
  }

  // Of tabs that are wider than a phone, the current one is in sight.
  for (const tab of document.querySelectorAll(".tabs [aria-current=page]")) {
    const tabs = tab.parentElement;
    tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
  }

  // A part that folds opens when its address names it.
  const unfold = () => {
    const part = location.hash && document.getElementById(location.hash.slice(1));
    if (part instanceof HTMLDetailsElement) part.open = true;
  };
  unfold();
  window.addEventListener("hashchange", unfold);

  // A form that names a dialog is sent when the dialog says yes.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const dialog = form.dataset.confirm && document.querySelector(form.dataset.confirm);
    if (!dialog || form.dataset.sure) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!form.noValidate && !form.reportValidity()) return;
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.sure = "yes";
      form.requestSubmit();
    }, { once: true });
  });

  // A form that moves money is sent once; the answer of a slow server is awaited.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-once]")) {
      if (event.target.dataset.sent) event.preventDefault();
      event.target.dataset.sent = "yes";
    }
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const form of document.querySelectorAll("form[data-sure]")) delete form.dataset.sure;
  });

  // Good news goes by itself; what needs a reaction stays.
  const fade = (root) => {
    for (const toast of root.querySelectorAll(".toast-note[data-goes]")) {
      setTimeout(() => { if (!toast.matches(":hover, :focus-within")) toast.remove(); }, 6000);
    }
  };
  fade(document);
  document.addEventListener("htmx:oobAfterSwap", () => fade(document));

  // A button that is disabled for the time of its request loses the focus; it gets it back, or what took its place does.
  let acted = null;
  document.addEventListener("htmx:beforeRequest", () => { acted = document.activeElement; });
  document.addEventListener("htmx:afterSettle", () => refocus());
  document.addEventListener("htmx:afterRequest", () => refocus());
  function refocus() {
    if (!acted || acted === document.body || document.activeElement !== document.body) return;
    const again = acted.isConnected ? acted : acted.id && document.getElementById(acted.id);
    if (again) again.focus({ preventScroll: true });
  }

  // What htmx could not do is said once, not with every look that a page takes by itself.
  const trouble = () => {
    const toasts = document.getElementById("toasts");
    if (!toasts.querySelector("[data-trouble]")) {
      const toast = document.getElementById("trouble").content.firstElementChild.cloneNode(true);
      toast.dataset.trouble = "";
      toasts.append(toast);
    }
  };
  document.addEventListener("htmx:responseError", trouble);
  document.addEventListener("htmx:sendError", trouble);

  // A logo that does not load leaves the monogram beneath it.
  document.addEventListener("error", (event) => {
    if (event.target instanceof HTMLImageElement && event.target.closest(".sign")) event.target.remove();
  }, true);
})();
