import type { MarkdownIt } from 'markdown-it'

type Linkify = MarkdownIt['linkify']

// So much of a text is looked at for an address that begins with "www.".
const LONGEST_ADDRESS = 2_048

/**
 * Has written-out addresses found as GFM finds them: with their scheme, with "www." in front, and mailboxes. Any other
 * word with a dot in it may be a file. "//" and ftp would be links that nobody may follow.
 * @see https://github.github.com/gfm/#autolinks-extension-
 */
export function readAddresses(linkify: Linkify): void {
  linkify.set({ fuzzyLink: false, fuzzyEmail: true }).add('//', null).add('ftp:', null)
  linkify.add('www.', {
    validate: (text, pos, self) => {
      const start = pos - 'www.'.length
      if (!/^[\s*_~(]?$/.test(text.charAt(start - 1))) return 0
      const address = `//${text.slice(start, start + LONGEST_ADDRESS)}`
      return Math.max(0, self.testSchemaAt(address, 'http:', 0) - '//www.'.length)
    },
    normalize: (match) => {
      match.url = `http://${match.url}`
    },
  })
  // Its own rules take signs into a mailbox's name, and a version ("pkg@1.2.3") for a host.
  linkify.re.get_mail_name_validator = () => /(?:^|[^\w.+-])([\w.+-]{1,64})$/
  linkify.re.get_fuzzy_mail_host_search = () => /@(?:[\w-]+\.)+[\w-]*[a-z](?![\w-]|\.\w)/gi
}
