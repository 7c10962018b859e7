import './style/sheet.css'
import { render } from 'solid-js/web'
import { App } from './app.tsx'
import { takeLinkCode } from './sign-in/link.ts'

// Before anything is asked for: a one-time link's code stays in no address.
const linkCode = takeLinkCode()

render(() => <App linkCode={linkCode} />, document.body)
