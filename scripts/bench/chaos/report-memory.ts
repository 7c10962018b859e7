// Loaded before the server: tells the parent the server's memory in bytes, after a collection, whenever it asks.
process.on('message', () => {
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  process.send?.({ rss, heapUsed })
})
process.channel?.unref() // the server must be able to end
