"""Asks for a password before a window opens; it is shown nowhere and kept by the session alone."""

from __future__ import annotations

from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QWidget


class LoginDialog(QDialog):
    def __init__(self, user: str, url: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Ringmain - log in")
        self.password = QLineEdit(self)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.addRow("Unit", QLabel(url, self))
        form.addRow("Name", QLabel(user, self))
        form.addRow("Password", self.password)
        form.addRow(self.buttons)
        self.password.setFocus()


def ask_password(user: str, url: str) -> str:
    """Empty when the dialog was cancelled."""
    dialog = LoginDialog(user, url)
    return dialog.password.text() if dialog.exec() == QDialog.DialogCode.Accepted else ""
