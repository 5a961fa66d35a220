import Foundation
import KobaiFiles

extension IndexPage {
  /// What the page may do, whatever texts and pictures it shows: run this one script, and load nothing.
  static var policy: String {
    let digest = SHA256.hexDigest(of: Array("\n\(script)\n".utf8))
    let bytes = stride(from: 0, to: digest.count, by: 2).compactMap { start in
      UInt8(digest.dropFirst(start).prefix(2), radix: 16)
    }
    return
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-\(Data(bytes).base64EncodedString())'"
  }

  /// What the page does: light and dark, search, and the steps of graphs. Without it everything can be read all the same.
  static let script = """
    "use strict";
    {
      const root = document.documentElement;
      const remembered = () => { try { return localStorage.getItem("theme") } catch { return null } };
      const system = matchMedia("(prefers-color-scheme: dark)");
      const show = () => { root.dataset.theme = remembered() ?? (system.matches ? "dark" : "light") };
      system.addEventListener("change", show);
      show();
      document.getElementById("theme").addEventListener("click", () => {
        const next = root.dataset.theme === "dark" ? "light" : "dark";
        root.dataset.theme = next;
        try { localStorage.setItem("theme", next) } catch { /* it lasts as long as the page, then */ }
      });
    }
    {
      const articles = [...document.querySelectorAll("article")];
      const links = new Map([...document.querySelectorAll("nav li")].map(item => [item.dataset.for, item]));
      const chapters = [...document.querySelectorAll("[data-chapter]")];
      document.getElementById("search").addEventListener("input", event => {
        const words = event.target.value.toLowerCase().split(/\\s+/).filter(Boolean);
        let found = 0;
        for (const article of articles) {
          const fits = words.every(word => article.dataset.text.includes(word));
          article.hidden = links.get(article.id).hidden = !fits;
          found += fits;
        }
        for (const chapter of chapters)
          chapter.hidden = ![...chapter.querySelectorAll("article, li")].some(part => !part.hidden);
        document.getElementById("none").hidden = found > 0;
      });
    }
    for (const figure of document.querySelectorAll("figure.graph")) {
      const captions = figure.dataset.captions.split("\\n");
      const last = captions.length - 1; // the whole computation
      const button = name => figure.querySelector(`[data-go="${name}"]`);
      let step = last;
      const showActive = () => { // where the window is narrower than the graph
        const active = figure.querySelector(".graph-active"), box = figure.querySelector(".picture");
        if (!active) return;
        const [node, part] = [active.getBoundingClientRect(), box.getBoundingClientRect()];
        if (node.left < part.left || node.right > part.right)
          box.scrollLeft += (node.left + node.right - part.left - part.right) / 2;
      };
      const go = to => {
        step = Math.min(Math.max(to, 0), last);
        for (const part of figure.querySelectorAll("[data-step]"))
          part.style.visibility = Number(part.dataset.step) <= step ? "" : "hidden";
        for (const vertex of figure.querySelectorAll(".graph-vertex"))
          vertex.classList.toggle("graph-active", step < last
            && [vertex.dataset.forward, vertex.dataset.backward].includes(String(step)));
        showActive();
        figure.querySelector("output").textContent = captions[step];
        button("first").disabled = button("back").disabled = step === 0;
        button("forward").disabled = button("last").disabled = step === last;
      };
      button("first").addEventListener("click", () => go(0));
      button("back").addEventListener("click", () => go(step - 1));
      button("forward").addEventListener("click", () => go(step + 1));
      button("last").addEventListener("click", () => go(last));
      figure.addEventListener("keydown", event => {
        if (event.key === "ArrowLeft") go(step - 1);
        if (event.key === "ArrowRight") go(step + 1);
      });
      go(last);
    }
    """
}
