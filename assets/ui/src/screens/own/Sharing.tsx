import type { Schemas } from '../../core/api';
import { o } from '../../i18n/own';

type Scope = Schemas['Scope'];
export interface Share {
  level: Schemas['PermissionLevel'];
  scopes: Scope[];
}

const scopes: Scope[] = ['PRESCRIPTIONS', 'DOSES', 'VITALS', 'NOTES', 'PROFILE'];

/** As the server takes it: parts are named only where parts are meant. */
export function chosen({ level, scopes }: Share): { permissionLevel: Schemas['PermissionLevel']; scopes?: Scope[] } {
  return level === 'SELECTED' ? { permissionLevel: level, scopes } : { permissionLevel: level };
}

/** Everything, some parts, only when asked, or nothing; nobody is let in anew to see nothing. */
export function Sharing({ value, isNew, onShare }: { value: Share; isNew?: boolean; onShare: (share: Share) => void }) {
  const levels = ([['ALLOWED', o.people.everything], ['SELECTED', o.people.part], ['REQUEST', o.people.onRequest], ['NOT_ALLOWED', o.people.nothing]] as const).filter(([level]) => !isNew || level !== 'NOT_ALLOWED');
  return (
    <fieldset class="choices">
      <legend class="label">{o.people.choose}</legend>
      {levels.map(([level, text]) => (
        <label key={level} class="choice"><input type="radio" name="level" checked={value.level === level} onChange={() => onShare({ ...value, level })} />{text}</label>
      ))}
      {value.level === 'SELECTED' && (
        <div class="parts" id="share-scopes" tabIndex={-1}>
          {scopes.map((scope) => (
            <label key={scope} class="check">
              <input type="checkbox" checked={value.scopes.includes(scope)} onChange={(event) => onShare({ ...value, scopes: event.currentTarget.checked ? [...value.scopes, scope] : value.scopes.filter((one) => one !== scope) })} />
              {o.people.scope[scope]}
            </label>
          ))}
        </div>
      )}
    </fieldset>
  );
}
