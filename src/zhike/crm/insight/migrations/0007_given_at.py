from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("insight", "0006_earned_tiers")]
    operations = [migrations.AddField("tiermodel", "given_at", models.DateTimeField(null=True))]
