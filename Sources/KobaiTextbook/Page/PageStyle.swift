extension IndexPage {
  /// How the page looks: on light and dark screens, narrow and wide ones, and paper. The reader's choice of light or dark
  /// goes before the system's.
  static let style = """
    :root { color-scheme: light; --paper: #ffffff; --ink: #222222; --faint: #666666; --line: #d8d8d8; --accent: #33669a;
      --soft: #f4f6f9; --comment: #5f7a3a; --string: #a3473a; --keyword: #7a3fa0; --number: #1f6f8b; --type: #2f6a4f;
      --plot: none; --graph-paper: #ffffff; --graph-ink: #222222; --graph-backward: #c2334d; --graph-node: #e8f0f8;
      --graph-line: #555555; --graph-active: #ffe08a }
    :root[data-theme="dark"] { color-scheme: dark; --paper: #1f1f1f; --ink: #e4e4e4; --faint: #a8a8a8; --line: #444444;
      --accent: #7aaad8; --soft: #292c30; --comment: #9db877; --string: #e09a8d; --keyword: #c79be6; --number: #7fc4dd;
      --type: #8fcfae; --plot: invert(.878) hue-rotate(180deg); --graph-paper: #1f1f1f; --graph-ink: #e4e4e4;
      --graph-backward: #ff8fa0; --graph-node: #2b3d50; --graph-line: #a8a8a8; --graph-active: #7a5c00 }
    * { box-sizing: border-box }
    body { font: 16px/1.55 Helvetica, Arial, "Noto Sans CJK JP", "Hiragino Sans", sans-serif; margin: 0;
      color: var(--ink); background: var(--paper) }
    header { padding: .4rem 1rem 0 }
    header p { color: var(--faint); margin-top: -.5rem }
    h1 { font-size: 1.5rem }
    a { color: var(--accent) }
    .page { display: grid; grid-template-columns: 19rem minmax(0, 1fr); gap: 2rem; padding: 0 1rem 4rem; max-width: 100rem }
    nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; padding: .8rem .4rem 2rem 0;
      font-size: .9rem; line-height: 1.35 }
    nav ul { list-style: none; margin: .2rem 0 .8rem; padding: 0 0 0 .9rem }
    nav li { margin: .35rem 0 }
    nav a { text-decoration: none }
    .tools { display: flex; gap: .4rem; margin-bottom: .8rem }
    input, button { font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--line);
      border-radius: 4px; padding: .2rem .5rem }
    input { flex: 1; min-width: 0 }
    button { cursor: pointer }
    button:disabled { opacity: .4; cursor: default }
    h2 { border-bottom: 2px solid var(--accent); margin-top: 2.5rem }
    article { margin: 2.2rem 0; scroll-margin-top: .5rem }
    article h3 { margin-bottom: .2rem }
    .question { border-left: 3px solid var(--accent); padding-left: .7rem; max-width: 50rem }
    .id { color: var(--faint); font-size: .85rem }
    code, pre { font-family: ui-monospace, Menlo, Consolas, "Noto Sans Mono CJK JP", monospace }
    code { overflow-wrap: anywhere }
    pre { background: var(--soft); padding: .7rem; overflow-x: auto; font-size: .82rem; line-height: 1.45 }
    pre i { font-style: normal }
    .comment { color: var(--comment) } .string { color: var(--string) } .keyword { color: var(--keyword) }
    .number { color: var(--number) } .type { color: var(--type) }
    figure { margin: .8rem 0 }
    img { filter: var(--plot) }
    .wide { overflow-x: auto }
    .picture > * { display: block; height: auto; max-width: 100%; min-width: calc(var(--width) * .6) }
    .graph figcaption { display: flex; flex-wrap: wrap; gap: .3rem; align-items: center }
    .graph output { margin-left: .5rem; color: var(--faint) }
    summary { cursor: pointer; color: var(--accent) }
    table { border-collapse: collapse; margin: .5rem 0 }
    th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
    [hidden] { display: none !important }
    @media (max-width: 60rem) {
      .page { display: block }
      nav { position: static; max-height: 22rem; border-bottom: 1px solid var(--line) }
    }
    @media print {
      nav, button { display: none }
      .page { display: block }
      article { break-inside: avoid }
      .picture > * { min-width: 0 }
    }
    """
}
