// Warns two minutes before a session ends, and lets it go on. Without script the page says when it ends.
(() => {
  const box = document.getElementById("session");
  let ends = Date.now() + box.dataset.seconds * 1000;
  let last = false;
  let shown = "";

  const left = () => (ends - Date.now()) / 1000;

  // GET looks, since another tab may have gone on with it meanwhile; POST goes on.
  const ask = async (method) => {
    try {
      const answered = await fetch(box.dataset.url, { method });
      if (!answered.ok) return;
      const said = await answered.json();
      ends = Date.now() + said.seconds * 1000;
      last = said.last;
    } catch {
      // Away from the network: what is known already still holds.
    }
  };

  const show = (id) => {
    if (shown === id) return;
    shown = id;
    box.replaceChildren(...(id ? [document.getElementById(id).content.cloneNode(true)] : []));
    box.querySelector("button")?.addEventListener("click", async () => {
      await ask("POST");
      look();
    });
  };

  const look = () => {
    if (left() > 120) show("");
    else if (left() > 0) show(last ? "session-last" : "session-warning");
    else show("session-over");
  };

  setInterval(async () => {
    if (left() > 120 || shown === "session-over") return;
    await ask("GET");
    look();
  }, 10000);
})();
