/// How the page of a timeline looks: light and dark, on screen and on paper.
extension TimelinePage {
    static let style = """

        :root { --back: #ffffff; --text: #1c2024; --soft: #60646c; --line: #d9d9e0;
          --inserted: #2a7e3b; --updated: #b8860b; --deleted: #c62828; --statements: #8b8d98;
          --danger: #c62828; --card: #f4f4f6; color-scheme: light dark; }
        @media (prefers-color-scheme: dark) {
          :root { --back: #16181d; --text: #edeef0; --soft: #a9acb4; --line: #363a43;
            --inserted: #5bbf73; --updated: #e2b340; --deleted: #ff6b6b; --statements: #777b85;
            --danger: #ff6b6b; --card: #21252c; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1rem; max-width: 90rem; background: var(--back);
          color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
        h1 { margin: 0; font-size: 1.4rem; } h2 { font-size: 1.1rem; }
        #span, .legend, .keys { color: var(--soft); margin: .3rem 0; }
        #notes { color: var(--soft); margin: .3rem 0; padding-left: 1.2rem; }
        button { font: inherit; color: inherit; background: var(--card); padding: .2rem .6rem;
          border: 1px solid var(--line); border-radius: 4px; cursor: pointer; }
        button:focus-visible, [tabindex]:focus-visible { outline: 3px solid #3b82f6;
          outline-offset: 1px; }
        .key { display: inline-block; width: .8em; height: .8em; margin-left: .8em; }
        .key.inserted { background: var(--inserted); } .key.updated { background: var(--updated); }
        .key.deleted { background: var(--deleted); }
        .key.statements { background: var(--statements); }
        #axis, #marks { position: relative; height: 1.6rem; margin-left: 16rem;
          border-bottom: 1px solid var(--line); }
        #axis span { position: absolute; font-size: .8rem; color: var(--soft);
          transform: translateX(-50%); white-space: nowrap; }
        #marks button { position: absolute; transform: translateX(-50%); padding: 0; width: 1.3rem;
          height: 1.3rem; border: none; border-radius: 50%; background: var(--danger);
          color: var(--back); font-weight: bold; line-height: 1; }
        #marks button.minor { background: var(--soft); }
        .row { display: flex; align-items: center; border-bottom: 1px solid var(--line); }
        .row .name { width: 16rem; padding-right: .6rem; overflow-wrap: anywhere;
          font-size: .85rem; flex: none; }
        .row .sum { color: var(--soft); font-size: .75rem; display: block; }
        .row svg { flex: 1; width: 100%; height: 44px; display: block; }
        path.inserted { fill: var(--inserted); } path.updated { fill: var(--updated); }
        path.deleted { fill: var(--deleted); } path.statements { fill: var(--statements); }
        rect.gap { fill: var(--line); }
        #detail { margin: 1rem 0; padding: .8rem 1rem; background: var(--card);
          border-left: 4px solid var(--danger); }
        pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0;
          font: 13px/1.4 ui-monospace, monospace; }
        table { border-collapse: collapse; width: 100%; font-size: .85rem; }
        th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0;
          border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
        td.time { white-space: nowrap; }
        @media (max-width: 50rem) { #axis, #marks { margin-left: 0; }
          .row { display: block; } .row .name { width: auto; } }
        @media print { .tools, .keys { display: none; } body { max-width: none; }
          .row { break-inside: avoid; } }

        """
}
