extension TrainingReport {
  /// What the page may do, whatever texts and pictures it shows: nothing but be read.
  static let policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

  /// How the page looks: on light and dark screens, narrow ones, and paper.
  static let style = """
    :root { color-scheme: light dark; --paper: #ffffff; --ink: #222222; --faint: #6b6b6b; --line: #d8d8d8;
      --accent: #4477aa; --soft: #f3f6fa }
    body { font: 16px/1.5 Helvetica, Arial, "Noto Sans CJK JP", "Hiragino Sans", sans-serif; color: var(--ink);
      background: var(--paper); margin: 0 auto; max-width: 68rem; padding: 1rem 1.2rem 4rem }
    header p { color: var(--faint); margin-top: -.6rem }
    h2 { border-bottom: 2px solid var(--accent); margin: 2.5rem 0 1rem; padding-bottom: .2rem; font-size: 1.3rem }
    .summary { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0 }
    .summary div { background: var(--soft); border-left: 4px solid var(--accent); padding: .7rem 1.2rem; flex: 1 1 8rem }
    .summary dt { color: var(--faint); font-size: .9rem }
    .summary dd { margin: 0; font-size: 1.7rem; font-variant-numeric: tabular-nums; white-space: nowrap }
    .curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 1rem }
    svg { width: 100%; height: auto; max-width: 36rem }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums }
    caption { color: var(--faint); text-align: left; padding-bottom: .5rem; font-size: .9rem }
    th, td { text-align: left; padding: .25rem .8rem; border-bottom: 1px solid var(--line); vertical-align: top }
    th { font-weight: 600 }
    .fields td { overflow-wrap: anywhere }
    tfoot th, tfoot td { border-bottom: none; border-top: 2px solid var(--line) }
    .number { text-align: right }
    .shape { white-space: nowrap }
    .wide { overflow-x: auto }
    .confusion th, .confusion td { text-align: right; padding: .3rem .55rem; border: 1px solid var(--paper);
      white-space: nowrap; min-width: 2.2rem }
    .confusion .zero { color: var(--faint) }
    .confusion .share { font-size: .85rem; color: var(--faint); vertical-align: middle }
    .heat svg { max-width: 100% }
    .pictures { display: flex; flex-wrap: wrap; gap: .9rem; list-style: none; margin: 0; padding: 0 }
    .pictures figure { margin: 0; text-align: center; font-size: .85rem; line-height: 1.3 }
    .pictures img { display: block; width: 5.6rem; height: auto; image-rendering: pixelated; border: 1px solid var(--line) }
    .pairs img + img { margin-top: .3rem }
    .filters { gap: .5rem }
    .filters img { width: 3.6rem }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #1f1f1f; --ink: #e4e4e4; --faint: #a8a8a8; --line: #444444; --accent: #7aaad8; --soft: #2a2d31 }
      svg { filter: invert(.878) hue-rotate(180deg) }
    }
    @media print {
      body { max-width: none; padding: 0; font-size: 11pt }
      section, svg, li, tr { break-inside: avoid }
      .summary div, .confusion td { print-color-adjust: exact; -webkit-print-color-adjust: exact }
      .curves { grid-template-columns: 1fr 1fr }
      .wide { overflow: visible }
    }
    """
}
