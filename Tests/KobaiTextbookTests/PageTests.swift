import Foundation
import KobaiFiles
import KobaiTextbook
import TestSupport
import Testing

/// The page of all experiments, as it is written and, where there is a Chromium, as a reader uses it.
@Suite("The page of the experiments")
struct PageTests {
  private static let experiments = [
    "ch02/logic-gates", "ch04/gradient-method", "ch05/graph-apples", "ch05/graph-affine", "ch06/graph-batch-norm",
  ]

  private func page(_ language: Language) throws -> String {
    let entries = try Self.experiments.map { id in
      let experiment = try Textbook.experiment(id)
      let lab = Lab(language: language)
      let outcome = try experiment.run(lab)
      return IndexPage.Entry(
        experiment.about, settings: experiment.settings, pictures: outcome.pictures, lines: lab.lines)
    }
    return IndexPage(entries, language: language, conditions: "<seed 0>").html
  }

  @Test("it needs no other file, and shows parameters and highlighted source", arguments: Language.allCases)
  func isSelfContained(_ language: Language) throws {
    let html = try page(language)
    #expect(html.contains("<p>&lt;seed 0&gt;</p>"))
    for id in Self.experiments { #expect(html.contains("<article id=\"\(id.replacing("/", with: "-"))\"")) }
    #expect(!html.contains("src=\"ch") && !html.contains("http://localhost") && !html.contains("<link"))
    #expect(html.components(separatedBy: "src=\"data:image/svg+xml;base64,").count - 1 == 2)
    #expect(html.components(separatedBy: "<figure class=\"graph\"").count - 1 == 8)
    #expect(html.contains("<td>lr</td><td>0.1</td>"))
    #expect(
      html.contains("<i class=\"keyword\">public</i> <i class=\"keyword\">struct</i> <i class=\"type\">GraphApples</i>")
    )
    #expect(html.contains(language == .ja ? "計算グラフ全体</output>" : "the whole computation</output>"))
  }

  @Test("what a reader changed stands there as it was typed, and the command is the reader's own") func changes() throws
  {
    let experiment = try Textbook.experiment("ch04/gradient-method").setting("steps=200")
    var page = IndexPage(
      [
        IndexPage.Entry(
          experiment.about, settings: experiment.settings, pictures: [], lines: [], changes: "parameters: lr=0.1, <0.2>"
        )
      ], language: .en, conditions: "")
    page.command = "own-textbook"
    #expect(
      page.html.contains("<td>steps</td><td>200</td>") && page.html.contains("<p>parameters: lr=0.1, &lt;0.2&gt;</p>"))
    #expect(page.html.contains("<pre>own-textbook run ch04/gradient-method --set "))
  }

  @Test("a browser may run its one script and nothing else, and load nothing")
  func policy() throws {
    let html = try page(.en)
    let script = try #require(html.firstMatch(of: /<script>(.*?)<\/script>/.dotMatchesNewlines())).output.1
    let hex = Array(SHA256.hexDigest(of: Array(script.utf8)))
    let bytes = stride(from: 0, to: hex.count, by: 2).map { UInt8(String(hex[$0..<$0 + 2]), radix: 16) ?? 0 }
    #expect(
      html.contains(
        """
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
        script-src 'sha256-\(Data(bytes).base64EncodedString())'">
        """))
    #expect(html.components(separatedBy: "<script").count == 2)
  }

  /// Buttons, search and theme by clicks; nothing wider than the window at three widths; nothing in the console.
  @Test(
    "a reader's clicks do what they say",
    .enabled(if: chromium != nil, "there is no chromium; KOBAI_CHROMIUM names one"), arguments: Language.allCases)
  func works(_ language: Language) throws {
    let folder = try TemporaryFolder()
    let file = folder / "reader.html"
    let page = Data(try page(language).utf8).base64EncodedString()
    try Self.reader.replacing("PAGE", with: page).write(toFile: file, atomically: true, encoding: .utf8)
    let dump = try Command.run(
      URL(fileURLWithPath: #require(chromium)),
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(folder / "profile")",
        "--virtual-time-budget=10000", "--dump-dom", "file://\(file)",
      ])
    let found = dump.output.firstMatch(of: /<pre id="result">(.*?)<\/pre>/.dotMatchesNewlines()).map { String($0.1) }
    #expect(found == "fine", "\(dump.errors.suffix(500))")
  }

  /// A page that holds the page in frames of three widths, clicks in them, and says what is not as it should be.
  private static let reader = """
    <!DOCTYPE html><meta charset="utf-8"><pre id="result">not finished</pre>
    <script>
    const html = new TextDecoder().decode(Uint8Array.from(atob("PAGE"), c => c.charCodeAt(0)));
    const problems = [];
    const check = (fact, words) => { if (!fact) problems.push(words) };
    const use = (frame, width) => {
      const page = frame.contentDocument, root = page.documentElement, click = e => e.click();
      check(root.scrollWidth <= width, `${root.scrollWidth} px wide in ${width}`);
      for (const figure of page.querySelectorAll("figure.graph")) {
        const button = name => figure.querySelector(`[data-go=${name}]`), output = figure.querySelector("output");
        const shown = () => [...figure.querySelectorAll("[data-step]")].filter(e => e.style.visibility !== "hidden").length;
        const all = shown();
        check(button("forward").disabled && !button("back").disabled, "the whole comes first");
        click(button("first"));
        const first = shown();
        check(output.textContent.startsWith("1/") && first < all && button("back").disabled, "first step");
        click(button("forward"));
        check(output.textContent.startsWith("2/") && figure.querySelectorAll(".graph-active").length >= 1, "second step");
        click(button("back"));
        check(output.textContent.startsWith("1/") && shown() === first, "a step back");
        figure.dispatchEvent(new frame.contentWindow.KeyboardEvent("keydown", { key: "ArrowRight" }));
        check(output.textContent.startsWith("2/"), "an arrow key");
        const box = figure.querySelector(".picture").getBoundingClientRect();
        click(button("first"));
        while (!button("forward").disabled) {
          for (const active of figure.querySelectorAll(".graph-active")) {
            const node = active.getBoundingClientRect();
            check(node.left >= box.left - 1 && node.right <= box.right + 1, `${output.textContent} is out of sight`);
          }
          click(button("forward"));
        }
        click(button("last"));
        check(shown() === all && figure.querySelectorAll(".graph-active").length === 0, "the whole again");
      }
      for (const picture of page.querySelectorAll(".picture > *")) {
        const own = parseFloat(picture.parentElement.style.getPropertyValue("--width")), drawn = picture.clientWidth;
        check(own > 0 && drawn >= Math.min(own * .6, own) - 1, `drawn at ${drawn} px of ${own}`);
      }
      const search = page.getElementById("search");
      const visible = () => [...page.querySelectorAll("article")].filter(e => !e.hidden).map(e => e.id).join();
      const type = text => { search.value = text; search.dispatchEvent(new frame.contentWindow.Event("input")) };
      type("apples");
      check(visible() === "ch05-graph-apples", `apples: ${visible()}`);
      type("no such words");
      check(visible() === "" && !page.getElementById("none").hidden, "nothing found");
      type("");
      check(visible().split(",").length === 5 && page.getElementById("none").hidden, "all again");
      const before = root.dataset.theme, paper = frame.contentWindow.getComputedStyle(page.body).backgroundColor;
      click(page.getElementById("theme"));
      check(root.dataset.theme !== before, "the theme");
      check(frame.contentWindow.getComputedStyle(page.body).backgroundColor !== paper, "its colour");
    };
    const widths = [400, 1000, 1600];
    let open = widths.length;
    for (const width of widths) {
      const frame = document.createElement("iframe");
      frame.style = `width: ${width}px; height: 900px; border: 0`;
      frame.srcdoc = html;
      frame.onload = () => {
        try { use(frame, width) } catch (error) { problems.push(`${width} px: ${error}`) }
        if (--open === 0) document.getElementById("result").textContent = problems.join("; ") || "fine";
      };
      document.body.append(frame);
      frame.contentWindow.onerror = words => problems.push(words);
    }
    </script>
    """
}

/// Debian's browser, or the one that the environment names.
private let chromium =
  ProcessInfo.processInfo.environment["KOBAI_CHROMIUM"]
  ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
