"""People who sign in 身份: sessions, invitations, passwords, who may call what."""
