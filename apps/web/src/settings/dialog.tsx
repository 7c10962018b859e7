import { settingsWords } from '../i18n/en-settings.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { AccountSection } from './account.tsx'
import { BrowserSection } from './browser.tsx'
import { RepliesSection } from './replies.tsx'

/** Settings, over the chat. */
export function SettingsDialog(props: { close: () => void }) {
  return (
    <Dialog labelledBy="settings" close={() => props.close()}>
      <div class="d-head">
        <h2 id="settings">{settingsWords.title}</h2>
        <button
          type="button"
          class="icon"
          aria-label={settingsWords.close}
          title={settingsWords.close}
          onClick={() => props.close()}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="d-body">
        <BrowserSection />
        <AccountSection />
        <RepliesSection />
      </div>
    </Dialog>
  )
}
