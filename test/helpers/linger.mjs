// Preloaded into every test process: asked to end after its summary, it says what kept it.
process.on('SIGTERM', () => {
  process.stdout.write(`LINGERED: ${process.getActiveResourcesInfo().join(', ') || 'nothing known'}\n`, () => {
    process.exit(process.exitCode ?? 0);
  });
});
