"""Keys, names and passwords for tests, none of them secret. The first two key pairs are from zmq_curve(7)."""

SERVER_PUBLIC = bytes.fromhex("54fcba24e93249969316fb617c872bb0c1d1ff14800427c594cbfacf1bc2d652")
SERVER_SECRET = bytes.fromhex("8e0bdd697628b91d8f245587ee95c5b04d48963f79259877b49cd9063aead3b7")
CLIENT_PUBLIC = bytes.fromhex("bb88471d65e2659b30c55a5321cebb5aab2b70a398645c26dca2b2fcb43fc518")
CLIENT_SECRET = bytes.fromhex("7bb864b489afa3671fbe69101f94b38972f24816dfb01b51656b3fec8dfd0888")
STRANGER_PUBLIC = bytes.fromhex("e5c0ec46fae6c7f614273ff4c1b0318934509586a678454cde83e4773b23615f")
STRANGER_SECRET = bytes.fromhex("3dd82955c987a67c21650ec513e68cfccf4520595745bdd190c278ff0c7786e3")

USERNAME, PASSWORD = b"admin", b"s3cret"  # RFC 24: printable ASCII characters
