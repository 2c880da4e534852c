"""The server as a caller meets it: it starts on a free port, refuses who has no key, stops when asked."""

import harness


class Serving(harness.ServerCase):
    def test_health_needs_no_key(self):
        self.assertEqual(self.server.get("/healthz").status, 200)

    def test_the_api_refuses_a_request_without_a_key(self):
        answer = self.server.get("/api/v1/conversations")
        self.assertEqual(answer.status, 401)
        self.assertIn("application/problem+json", answer.headers["content-type"])

    def test_the_api_refuses_a_wrong_key(self):
        self.assertEqual(self.server.get("/api/v1/conversations", key="0" * 64).status, 401)

    def test_a_key_of_another_scope_is_forbidden(self):
        key = self.server.create_key("webhook:anura/default")
        self.assertEqual(self.server.get("/api/v1/conversations", key=key).status, 403)

    def test_a_key_made_while_the_server_runs_is_known_at_once(self):
        key = self.server.create_key("audits:read")
        self.assertEqual(self.server.get("/api/v1/conversations", key=key).status, 200)


class Life(harness.unittest.TestCase):
    def test_it_stops_with_exit_zero_and_starts_again_on_its_data(self):
        server = harness.Server()
        self.addCleanup(server.remove_data)
        server.start()
        key = server.create_key("audits:read")
        self.assertEqual(server.stop(), 0)
        server.start()
        self.assertEqual(server.get("/api/v1/conversations", key=key).status, 200)
        self.assertEqual(server.stop(), 0)

    def test_a_port_that_is_taken_is_a_clear_fault(self):
        with harness.Server() as first:
            port = first.address[1]
            second = harness.Server(listen=f"127.0.0.1:{port}")
            self.addCleanup(second.remove_data)
            with self.assertRaises(AssertionError) as fault:
                second.start()
            self.assertIn(str(port), str(fault.exception))


if __name__ == "__main__":
    harness.unittest.main()
