// A series over time as a drawing, with the same as a sentence and a table.
import { useSignal } from '@preact/signals';
import { t } from '../i18n';
import { number, shortDate } from '../i18n/format';

export interface Point {
  at: string;
  first: number;
  second?: number;
}

interface Band {
  min?: number | null;
  max?: number | null;
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [640, 220, 44, 26, 10];

/** The drawing prints and scales; two series differ by dash and mark, not by colour alone. */
export function Chart({ title, unit, points, band, bandSecond, firstName, secondName }: {
  title: string; unit: string; points: Point[]; band?: Band; bandSecond?: Band | null; firstName: string; secondName?: string;
}) {
  const asTable = useSignal(false);
  const values = points.flatMap((point) => (point.second === undefined ? [point.first] : [point.first, point.second]));
  const bounds = boundsOf(band);
  const [low, high] = [Math.min(...values, ...bounds), Math.max(...values, ...bounds)];
  const room = (high - low || 1) * 0.08;
  const [bottom, top] = [low - room, high + room];
  const times = points.map((point) => new Date(point.at).getTime());
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const x = (at: string): number => (to === from ? (LEFT + WIDTH) / 2 : LEFT + 8 + ((new Date(at).getTime() - from) / (to - from)) * (WIDTH - LEFT - 20));
  const y = (value: number): number => TOP + ((top - value) / (top - bottom)) * (HEIGHT - TOP - BOTTOM);
  const path = (of: (point: Point) => number | undefined): string =>
    points.flatMap((point) => { const value = of(point); return value === undefined ? [] : [`${x(point.at).toFixed(1)},${y(value).toFixed(1)}`]; }).join(' ');
  const marks = [0, 1, 2, 3].map((step) => bottom + ((top - bottom) * step) / 3);
  const last = points[points.length - 1]!;
  const text = (point: Point): string => number(point.first, 1) + (point.second === undefined ? '' : `/${number(point.second, 1)}`);
  const firsts = points.map((point) => point.first);
  const summary = t.chart.summary(points.length, number(Math.min(...firsts), 1), number(Math.max(...firsts), 1), text(last), unit);
  return (
    <figure class="stack tight">
      <figcaption class="row between">
        <h2>{title} <span class="muted small" lang="en">({unit})</span></h2>
        <button type="button" class="small" aria-pressed={asTable.value} onClick={() => { asTable.value = !asTable.value; }}>{asTable.value ? t.chart.asChart : t.chart.asTable}</button>
      </figcaption>
      <p class="small">{summary}{bounds.length > 0 ? ` ${t.chart.target([band, bandSecond].map(inWords).filter(Boolean).join(' / '), unit)}` : ''}</p>
      {secondName && <p class="small muted">━○ {firstName} · ╌● {secondName}</p>}
      {asTable.value ? (
        <table>
          <caption class="hidden-text">{title}</caption>
          <thead><tr><th>{t.chart.day}</th><th>{secondName ? `${firstName}/${secondName}` : firstName}</th></tr></thead>
          <tbody>{[...points].reverse().map((point) => <tr key={point.at}><td class="nowrap">{shortDate(point.at)}</td><td class="number">{text(point)}</td></tr>)}</tbody>
        </table>
      ) : (
        <svg class="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}: ${summary}`}>
          {bounds.length > 0 && <rect class="band" x={LEFT} width={WIDTH - LEFT} y={y(band?.max ?? top)} height={Math.max(0, y(band?.min ?? bottom) - y(band?.max ?? top))} />}
          {marks.map((mark) => (
            <g key={mark}>
              <line class="axis" x1={LEFT} x2={WIDTH} y1={y(mark)} y2={y(mark)} />
              <text x={LEFT - 6} y={y(mark) + 4} text-anchor="end">{number(mark, high - low < 10 ? 1 : 0)}</text>
            </g>
          ))}
          <text x={LEFT + 8} y={HEIGHT - 6}>{shortDate(points[0]!.at)}</text>
          <text x={WIDTH - 4} y={HEIGHT - 6} text-anchor="end">{shortDate(last.at)}</text>
          <polyline class="first" points={path((point) => point.first)} />
          {secondName && <polyline class="second" points={path((point) => point.second)} />}
          {points.map((point) => (
            <g key={point.at}>
              <circle class="dot1" cx={x(point.at)} cy={y(point.first)} r="3.5" />
              {point.second !== undefined && <circle class="dot2" cx={x(point.at)} cy={y(point.second)} r="3.5" />}
            </g>
          ))}
        </svg>
      )}
    </figure>
  );
}

function boundsOf(band: Band | null | undefined): number[] {
  return [band?.min, band?.max].filter((bound): bound is number => typeof bound === 'number');
}

/** `90–140`; `0–140` without a lower end, `90+` without an upper one. */
function inWords(band: Band | null | undefined): string {
  const [low, high] = [band?.min, band?.max];
  if (typeof low === 'number' && typeof high === 'number') return `${number(low, 1)}–${number(high, 1)}`;
  if (typeof high === 'number') return `0–${number(high, 1)}`;
  return typeof low === 'number' ? `${number(low, 1)}+` : '';
}
