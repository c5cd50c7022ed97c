"""Deployment: settings, the database and its roles, migrations, the demo company, the doctor."""
