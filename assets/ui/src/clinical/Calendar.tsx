import type { Schemas } from '../core/api';
import { t } from '../i18n';
import { dayAndMonth, shortDate, weekday } from '../i18n/format';

/** Weeks as rows; each day says how many of its doses were taken, by a word and a colour. */
export function Calendar({ points }: { points: Schemas['AdherencePoint'][] }) {
  const first = points[0];
  if (!first) return null;
  const gap = (weekday(first.from) + 6) % 7;
  return (
    <div>
      <div class="calendar" aria-hidden="true">{[1, 2, 3, 4, 5, 6, 0].map((day) => <b key={day} class="muted small">{t.weekdays[day]}</b>)}</div>
      <ol class="calendar">
        {Array.from({ length: gap }, (_, place) => <li key={`gap${place}`} aria-hidden="true" />)}
        {points.map((point) => {
          const { taken, counted } = point.counts;
          const kind = counted === 0 ? 'none' : taken === counted ? 'all' : taken * 2 >= counted ? 'some' : 'few';
          return (
            <li key={point.from} class={`day ${kind}`}>
              <b class="number" aria-hidden="true">{dayAndMonth(point.from)[0]}<span class="month">/{dayAndMonth(point.from)[1]}</span></b>
              <span class="hidden-text">{shortDate(point.from)}: {counted === 0 ? t.adherence.noneThatDay : t.adherence.of(taken, counted)}</span>
              <span class="number" aria-hidden="true">{counted === 0 ? '–' : taken === counted ? `✓ ${taken}` : `${taken}/${counted}`}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
