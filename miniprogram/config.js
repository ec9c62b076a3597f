// What an operator sets: where the service is, which territory it reports to, and the subscribe-message templates that were registered.
module.exports = {
  service: 'https://grid.example.org',
  territory: 'xinhua',
  templates: [],
};
