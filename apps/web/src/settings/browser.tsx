import { settingsWords } from '../i18n/en-settings.ts'
import { announcements, densities, preferences, themes } from '../preferences.ts'
import { Choice } from './choice.tsx'

const words = () => settingsWords

/** What is remembered in this browser, and nowhere else. */
export function BrowserSection() {
  return (
    <section>
      <h3>{words().browser}</h3>
      <Choice
        label={words().theme}
        values={themes}
        words={words().themes}
        value={preferences.theme()}
        choose={preferences.setTheme}
      />
      <Choice
        label={words().density}
        values={densities}
        words={words().densities}
        value={preferences.density()}
        choose={preferences.setDensity}
      />
      <Choice
        label={words().announce}
        values={announcements}
        words={words().announcements}
        value={preferences.announce()}
        choose={preferences.setAnnounce}
      />
      <div class="pair">
        <span class="label">{words().leaving}</span>
        <label class="check">
          <input
            type="checkbox"
            checked={preferences.askBeforeLeaving()}
            onChange={(event) => preferences.setAskBeforeLeaving(event.currentTarget.checked)}
          />
          {words().askBeforeLeaving}
        </label>
      </div>
      <p class="hint">{words().remembered}</p>
    </section>
  )
}
