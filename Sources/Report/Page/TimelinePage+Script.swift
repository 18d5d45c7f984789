/// What the page of a timeline does. Texts of a log come in as text only, never as markup.
extension TimelinePage {
    static let script = #"""

        'use strict';
        const data = JSON.parse(document.getElementById('data').textContent);
        const unit = data.bucketSeconds;
        const columns = 400;
        const tables = data.tables.map(table => {
          const points = [];
          let bucket = 0;
          for (let i = 0; i + 4 < table.points.length; i += 5) {
            bucket += table.points[i];
            points.push([bucket * unit, ...table.points.slice(i + 1, i + 5)]);
          }
          return { name: table.name, points };
        });
        let first = Infinity, last = 0;
        for (const table of tables) {
          if (!table.points.length) continue;
          first = Math.min(first, table.points[0][0]);
          last = Math.max(last, table.points[table.points.length - 1][0] + unit);
        }
        for (const mark of data.marks) {
          first = Math.min(first, mark.time);
          last = Math.max(last, mark.time + 1);
        }
        if (first > last) { first = 0; last = unit; }
        if (last - first < unit) last = first + unit;
        const view = { from: first, to: last };

        const byID = id => document.getElementById(id);
        function make(tag, properties, ...children) {
          const node = Object.assign(document.createElement(tag), properties);
          node.append(...children);
          return node;
        }
        function shape(tag, attributes) {
          const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
          for (const name in attributes) node.setAttribute(name, attributes[name]);
          return node;
        }
        const time = seconds =>
          new Date(seconds * 1000).toISOString().replace('T', ' ').replace('.000Z', 'Z');
        const number = value => value.toLocaleString('en');
        const share = seconds => (seconds - view.from) / (view.to - view.from);

        function rowsText(rows) {
          if (!rows) return '';
          return ['inserted', 'updated', 'deleted'].filter(kind => rows[kind] > 0)
            .map(kind => number(rows[kind]) + ' ' + kind).join(', ');
        }

        function drawAxis() {
          const axis = byID('axis');
          axis.replaceChildren();
          const span = view.to - view.from;
          const steps = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400,
            172800, 604800, 2592000];
          const step = steps.find(step => span / step <= 8) || 31536000;
          for (let at = Math.ceil(view.from / step) * step; at < view.to; at += step) {
            const text = time(at);
            const label = make('span', { textContent: step >= 86400 ? text.slice(0, 10)
              : text.slice(step >= 60 ? 5 : 11, step >= 60 ? 16 : 19) });
            label.style.left = share(at) * 100 + '%';
            axis.append(label);
          }
          byID('span').textContent = time(view.from) + ' to ' + time(view.to) + ', times in UTC; '
            + (unit >= 3600 ? unit / 3600 + ' h' : unit / 60 + ' min') + ' a bucket; '
            + data.paths.join(' ');
        }

        function drawMarks() {
          const lane = byID('marks');
          const focused = document.activeElement && document.activeElement.dataset.mark;
          lane.replaceChildren();
          data.marks.forEach((mark, index) => {
            if (mark.time < view.from || mark.time > view.to) return;
            const label = mark.kind + ' ' + (mark.table || '') + ', ' + time(mark.time);
            const button = make('button', { textContent: mark.command ? '!' : '↻', title: label,
              className: mark.command ? '' : 'minor' });
            button.dataset.mark = index;
            button.setAttribute('aria-label', label);
            button.style.left = share(mark.time) * 100 + '%';
            button.addEventListener('click', () => showMark(mark));
            button.addEventListener('focus', () => showMark(mark));
            lane.append(button);
            if (focused === String(index)) button.focus();
          });
        }

        function copy(text, button) {
          const done = () => { button.textContent = 'Copied'; };
          const byHand = () => {
            const field = make('textarea', { value: text });
            document.body.append(field);
            field.select();
            if (document.execCommand('copy')) done();
            field.remove();
            button.focus();
          };
          if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, byHand);
          else byHand();
        }

        function showMark(mark) {
          const detail = byID('detail');
          detail.hidden = false;
          detail.replaceChildren(
            make('h2', { textContent: mark.kind + ' ' + (mark.table || '') }),
            make('p', { textContent: [time(mark.time), mark.id, mark.gtid, rowsText(mark.rows),
              mark.reason].filter(Boolean).join(' · ') }));
          if (mark.statement) detail.append(make('pre', { textContent: mark.statement }));
          if (!mark.command) return;
          const button = make('button', { id: 'copy', textContent: 'Copy the command' });
          button.addEventListener('click', () => copy(mark.command, button));
          detail.append(make('p', { textContent: 'To recover to just before it:' }),
            make('pre', { id: 'command', textContent: mark.command }), button);
        }

        function drawRow(table) {
          const sums = [0, 0, 0, 0];
          const heights = Array.from({ length: columns }, () => [0, 0, 0, 0]);
          for (const [at, ...counts] of table.points) {
            if (at + unit <= view.from || at >= view.to) continue;
            const begin = Math.max(0, Math.floor(share(at) * columns));
            const behind = Math.floor(share(at + unit) * columns);
            const end = Math.min(columns, Math.max(begin + 1, behind));
            counts.forEach((count, kind) => {
              sums[kind] += count;
              for (let i = begin; i < end; i++) heights[i][kind] += count / (end - begin);
            });
          }
          const changes = heights.map(height => height[0] + height[1] + height[2]);
          const isRows = sums[0] + sums[1] + sums[2] > 0;
          const highest = Math.max(...(isRows ? changes : heights.map(height => height[3])), 1e-9);
          const kinds = isRows ? ['inserted', 'updated', 'deleted'] : ['statements'];
          const base = new Array(columns).fill(40);
          const text = number(sums[0]) + ' inserted, ' + number(sums[1]) + ' updated, '
            + number(sums[2]) + ' deleted, ' + number(sums[3]) + ' statements';
          const svg = shape('svg', { viewBox: '0 0 ' + columns + ' 40', role: 'img',
            preserveAspectRatio: 'none', 'aria-label': table.name + ': ' + text });
          for (const gap of data.gaps) {
            const from = Math.max(0, share(gap.start ?? view.from));
            const to = Math.min(1, share(gap.end ?? view.to));
            if (from < to) svg.append(shape('rect', { class: 'gap', x: from * columns, y: 36,
              width: (to - from) * columns, height: 4 }));
          }
          for (const kind of kinds) {
            const index = isRows ? kinds.indexOf(kind) : 3;
            let path = '';
            for (let i = 0; i < columns; i++) {
              if (!heights[i][index]) continue;
              const size = Math.max(1, heights[i][index] / highest * 38);
              path += 'M' + i + ' ' + base[i].toFixed(1) + 'v' + (-size).toFixed(1) + 'h1v'
                + size.toFixed(1) + 'z';
              base[i] -= size;
            }
            svg.append(shape('path', { class: kind, d: path }));
          }
          return make('div', { className: 'row' },
            make('div', { className: 'name', textContent: table.name },
              make('span', { className: 'sum', textContent: text })), svg);
        }

        function draw() {
          drawAxis();
          drawMarks();
          byID('chart').replaceChildren(...tables.map(drawRow));
        }

        function zoom(factor, center = 0.5) {
          const span = Math.min(last - first, Math.max(10, (view.to - view.from) * factor));
          const at = view.from + (view.to - view.from) * center;
          move(at - span * center, span);
        }
        function move(from, span = view.to - view.from) {
          view.from = Math.max(first, Math.min(last - span, from));
          view.to = view.from + span;
          draw();
        }
        const actions = {
          in: () => zoom(0.5), out: () => zoom(2), all: () => move(first, last - first),
          left: () => move(view.from - (view.to - view.from) / 4),
          right: () => move(view.from + (view.to - view.from) / 4),
        };
        for (const name in actions) byID(name).addEventListener('click', actions[name]);
        document.addEventListener('keydown', event => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          const name = { '+': 'in', '=': 'in', '-': 'out', '0': 'all', ArrowLeft: 'left',
            ArrowRight: 'right' }[event.key];
          if (!name) return;
          event.preventDefault();
          actions[name]();
        });
        byID('chart').addEventListener('wheel', event => {
          if (!event.ctrlKey) return;
          event.preventDefault();
          const box = byID('axis').getBoundingClientRect();
          const center = (event.clientX - box.left) / box.width;
          zoom(event.deltaY < 0 ? 0.8 : 1.25, Math.min(1, Math.max(0, center)));
        }, { passive: false });

        for (const note of data.notes) byID('notes').append(make('li', { textContent: note }));
        for (const gap of data.gaps) {
          const what = gap.kind === 'silence' ? 'no transaction'
            : (gap.file || '') + ': ' + (gap.message || 'missing');
          byID('notes').append(make('li', { textContent:
            (gap.start === null ? '…' : time(gap.start)) + ' to '
              + (gap.end === null ? '…' : time(gap.end)) + ': ' + what }));
        }
        for (const mark of data.marks) {
          const open = make('button', { textContent: mark.id });
          open.addEventListener('click', () => {
            showMark(mark);
            byID('detail').scrollIntoView({ block: 'center' });
          });
          byID('list').append(make('tr', {},
            make('td', { className: 'time', textContent: time(mark.time) }),
            make('td', { textContent: mark.kind }), make('td', { textContent: mark.table || '' }),
            make('td', { textContent: rowsText(mark.rows) }), make('td', {}, open),
            make('td', {}, make('pre', { textContent: mark.statement || '' }))));
        }
        draw();

        """#
}
